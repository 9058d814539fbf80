import { expect, it } from "vitest";
import { studioFiles } from "../build/files";

it("the build has beside the vocabularies whose they are, and their licence", () => {
  const files = new Map<string, string>();
  const emitFile = (file: { fileName: string; source: string }) => files.set(file.fileName, file.source);
  (studioFiles().generateBundle as () => void).call({ emitFile } as never);
  const names = [...files.keys()].filter((name) => name.startsWith("vocabularies/") && !name.endsWith("NOTICE.txt"));
  const notice = files.get("vocabularies/NOTICE.txt");
  expect(names).toHaveLength(3);
  for (const name of names) expect(notice).toContain(name.slice("vocabularies/".length));
  expect(notice).toMatch(/MIT License[\s\S]*OpenAI[\s\S]*Permission is hereby granted, free of charge/);
});
