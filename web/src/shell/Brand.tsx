export const Mark = ({ size = 24 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden className="shrink-0">
    <rect width="32" height="32" rx="8" fill="#4a47c9" />
    <path
      d="M10 24V8h7a5 5 0 0 1 0 10h-7"
      fill="none"
      stroke="#fff"
      strokeWidth="3"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
    <circle cx="22.5" cy="23" r="1.8" fill="#7ee2bd" />
  </svg>
)
