/** Where a package that this one depends on lies. */
export const moduleUrl = (name: string): string => import.meta.resolve(name);
