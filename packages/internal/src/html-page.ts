import { type Html, html, trusted } from "./html";

/** Nothing may be loaded and no script may run, whatever a name or a caption says: the browser enforces it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A page that needs nothing else, for light and dark and screens of any width. The style sheet is the program's own. */
export function htmlPage(title: string, styles: string, main: Html): Html {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(styles)}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}
