declare module "*.css" {
  const css: string;
  export default css;
}

/** Replaced by the build: the hash in the file names of the panel and of every language. */
declare const HASH: string;
