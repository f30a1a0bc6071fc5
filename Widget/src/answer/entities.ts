// The named characters of HTML 4: those of Latin-1 and the Greek letters in their order, the others with their number.
const latin =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
const greek =
  "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho sigmaf Sigma Tau Upsilon Phi Chi Psi Omega";
const others =
  "quot34 amp38 apos39 lt60 gt62 OElig338 oelig339 Scaron352 scaron353 Yuml376 fnof402 circ710 tilde732 thetasym977 upsih978 piv982 ensp8194 emsp8195 thinsp8201 zwnj8204 zwj8205 lrm8206 rlm8207 ndash8211 mdash8212 lsquo8216 rsquo8217 sbquo8218 ldquo8220 rdquo8221 bdquo8222 dagger8224 Dagger8225 bull8226 hellip8230 permil8240 prime8242 Prime8243 lsaquo8249 rsaquo8250 oline8254 frasl8260 euro8364 image8465 weierp8472 real8476 trade8482 alefsym8501 larr8592 uarr8593 rarr8594 darr8595 harr8596 crarr8629 lArr8656 uArr8657 rArr8658 dArr8659 hArr8660 forall8704 part8706 exist8707 empty8709 nabla8711 isin8712 notin8713 ni8715 prod8719 sum8721 minus8722 lowast8727 radic8730 prop8733 infin8734 ang8736 and8743 or8744 cap8745 cup8746 int8747 sim8764 cong8773 asymp8776 ne8800 equiv8801 le8804 ge8805 sub8834 sup8835 nsub8836 sube8838 supe8839 oplus8853 otimes8855 perp8869 sdot8901 lceil8968 rceil8969 lfloor8970 rfloor8971 lang9001 rang9002 loz9674 spades9824 clubs9827 hearts9829 diams9830";

let known: Map<string, number> | undefined;

/** The character that an entity such as `&amp;`, `&#8364;` or `&#x20ac;` names, or null. */
export function entity(source: string): string | null {
  const [, hex, decimal, name] = /^&(?:#x(.+)|#(.+)|(.+));$/i.exec(source)!;
  const code = name ? (known ??= read()).get(name) : parseInt(hex ?? decimal!, hex ? 16 : 10);
  if (code === undefined) return null;
  // Zero, surrogates and code points beyond Unicode.
  return !code || code > 0x10ffff || code >> 11 === 27 ? "\ufffd" : String.fromCodePoint(code);
}

function read(): Map<string, number> {
  const row = (names: string, first: number) =>
    names.split(" ").map((name, at): [string, number] => [name, first + at]);
  const numbered = others
    .split(" ")
    .map((entry): [string, number] => [entry.replace(/\d+/, ""), parseInt(entry.replace(/\D+/, ""), 10)]);
  return new Map([...row(latin, 160), ...row(greek, 913), ...row(greek.toLowerCase(), 945), ...numbered]);
}
