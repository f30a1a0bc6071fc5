// Makes Portal/SignIn/common-passwords.txt from npm's @zxcvbn-ts/language-common, which lists passwords by how often they were found in leaks:
//   npm pack @zxcvbn-ts/language-common@4.1.3 && tar xzf *.tgz && node scripts/common-passwords.mjs package/src/passwords.json > Portal/SignIn/common-passwords.txt
// Shorter ones are refused anyway, so they stay only as words that people lengthen with digits.
import { readFile } from "node:fs/promises";

const all = JSON.parse(await readFile(process.argv[2], "utf8"));
const long = all.filter(password => password.length >= 12);
const words = all.slice(0, 10_000).filter(password => password.length < 12 && /^[a-z].{4,}[a-z]$/.test(password));
console.log(`# Common passwords of 12 characters and more, and the common words of 6 to 11 that are lengthened to make one.
# From the npm package @zxcvbn-ts/language-common 4.1.3 by scripts/common-passwords.mjs.
# MIT License. Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; Copyright (c) 2021 @zxcvbn-ts`);
console.log([...new Set([...long, ...words])].sort().join("\n"));
