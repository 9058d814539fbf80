import { expect, it } from "vitest";
import { escapeText, html, htmlPage, trusted } from "./index";

it("escapes text, keeps markup, joins lists", () => {
  const items = ["a<b", 'say "x"'].map((item) => html`<li title="${item}">${item}</li>`);
  expect(html`<ul>${items}</ul>${3}${trusted("<br>")}`.markup).toBe(
    '<ul><li title="a&lt;b">a&lt;b</li><li title="say &quot;x&quot;">say &quot;x&quot;</li></ul>3<br>',
  );
  expect(escapeText("'&amp;'")).toBe("&#39;&amp;amp;&#39;");
});

it("keeps what looks like a replacement pattern", () => {
  expect(html`<p>${"$& $1"}</p>`.markup).toBe("<p>$&amp; $1</p>");
});

it("replaces what HTML forbids and what turns the text's direction, and keeps pairs of surrogates", () => {
  expect(escapeText("a\u0000b\r\u202ec\u2066\ud800\ufdd0d\t\n😀湖")).toBe("a\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffdd\t\n😀湖");
});

it("makes a page that loads nothing, whose title is text and whose styles and content are markup", () => {
  const { markup } = htmlPage("a<b", "p > a { color: red }", html`<p>${"<i>"}</p>`);
  expect(markup).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" /);
  expect(markup).toContain("<title>a&lt;b</title>");
  expect(markup).toContain("<style>p > a { color: red }</style>");
  expect(markup.endsWith("<body>\n<main>\n<p>&lt;i&gt;</p>\n</main>\n</body>\n</html>\n")).toBe(true);
  expect(/"Content-Security-Policy" content="([^"]*)"/.exec(markup)?.[1]).toMatch(/^default-src &#39;none&#39;; img-src data:; /);
});
