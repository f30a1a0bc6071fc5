declare module "*.css" {
  const css: string;
  export default css;
}

/** Written in by the build: the hash in the file names of the panel and of every language. */
declare const HASH: string;
