/** The second cues as SVG fills; `id` keeps two charts on a page apart. */
export const Patterns = ({ id }: { id: string }) => (
  <defs>
    <pattern id={`${id}-unvested`} width="4" height="4" patternUnits="userSpaceOnUse">
      <rect width="4" height="4" fill="var(--sunken)" />
      <circle cx="2" cy="2" r="0.75" fill="var(--unvested)" />
    </pattern>
    <pattern id={`${id}-lost`} width="4" height="4" patternUnits="userSpaceOnUse">
      <rect width="4" height="4" fill="var(--sunken)" />
      <rect width="1" height="4" fill="var(--lost)" />
    </pattern>
  </defs>
)
