import { pagesConfig } from "./src/site/pages-config.ts";

export default pagesConfig();
