/** The icon of the project: a letter with a seal. Also served as `/icon.svg`. */
export const PAGE_ICON = (
  <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="40" height="40" role="img">
    <title>Sealpost</title>
    <rect
      x="4"
      y="12"
      width="56"
      height="40"
      rx="6"
      fill="#f3e9d8"
      stroke="#8a6f4d"
      stroke-width="2"
    />
    <path d="M6 16 32 36 58 16" fill="none" stroke="#8a6f4d" stroke-width="2" />
    <circle cx="32" cy="36" r="11" fill="#b3372f" />
    <path
      d="m27 36 4 4 7-8"
      fill="none"
      stroke="#fff"
      stroke-width="3"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>
);
