declare module "*.css" {
  const css: string;
  export default css;
}

/** Written in by the build: the hashed file name of the panel and of every language. */
declare const CHUNKS: Readonly<Record<string, string>>;
