/** The look of a letter: ink on paper, and on a screen light or dark as its reader likes. */
export const OFFER_LETTER_CSS = `
:root{color-scheme:light dark;--paper:#fff;--ground:#f4f4f2;--ink:#1a1a1e;--soft:#515258;--line:#cfcec9;--accent:#4a47c9}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14151a;--ground:#0d0e11;--ink:#f2f2f4;--soft:#b7b9c1;--line:#3a3d46;--accent:#a3a1ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 Inter,'Inter Variable',system-ui,sans-serif;-webkit-font-smoothing:antialiased}
main{max-width:860px;margin:32px auto;padding:56px 64px;background:var(--paper);border:1px solid var(--line);border-radius:12px}
.company{margin:0;color:var(--soft)}
h1{margin:4px 0 24px;font-size:30px;line-height:1.2;letter-spacing:-.02em;text-wrap:balance}
h2{margin:32px 0 8px;font-size:18px;line-height:1.3;letter-spacing:-.01em}
h3{margin:18px 0 4px;font-size:15px}
p{margin:0 0 8px;overflow-wrap:anywhere;text-wrap:pretty}
dl{margin:0}
dl div{display:flex;gap:16px;padding:3px 0}
dt{flex:0 0 112px;color:var(--soft)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
.table{margin:16px 0 4px;overflow-x:auto}
.table:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{width:100%;border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{padding-bottom:6px;text-align:left;font-weight:600;font-size:15px}
th,td{padding:6px 0 6px 16px;border-bottom:1px solid var(--line);text-align:right;font-weight:400;vertical-align:baseline;white-space:nowrap}
th:first-child,td:first-child{padding-left:0;text-align:left}
tbody th{white-space:normal;overflow-wrap:anywhere;min-width:96px}
thead th{color:var(--soft);font-size:12.5px;font-weight:600}
.total th,.total td{font-weight:600}
.note,.marks p,footer{color:var(--soft);font-size:13px}
.marks p{overflow-wrap:anywhere}
a{color:var(--accent)}
footer{margin-top:32px}
@media (max-width:640px){main{margin:0;padding:28px 20px;border:0;border-radius:0}h1{font-size:25px}dl div{flex-direction:column;gap:0;padding:5px 0}dt{flex:none}}
@page{margin:18mm 17mm}
@media print{:root{color-scheme:light}body{background:#fff;font-size:10.5pt}main{max-width:none;margin:0;padding:0;border:0}h1{font-size:22pt}h2{font-size:13pt;break-after:avoid}h3{font-size:10.5pt;break-after:avoid}.table{overflow:visible;break-inside:avoid}.table[id^=schedules]{break-inside:auto}table{font-size:8.5pt}caption{font-size:10.5pt}thead th{font-size:8pt}th,td{padding:3pt 0 3pt 8pt}thead{display:table-header-group}tr{break-inside:avoid}.note,.marks p,footer{font-size:8.5pt}a{color:inherit}}
`
