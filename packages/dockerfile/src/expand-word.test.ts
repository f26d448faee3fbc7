import { describe, expect, it } from "vitest";
import { DockerfileError, expandHeredoc, expandWord, expandWords, variablesIn } from "./index.ts";

const VALUES = new Map([
  ["A", "alpha"],
  ["B", "beta two"],
  ["EMPTY", ""],
  ["PATH", "/usr/local/lib/x.tar.gz"],
  ["X", "xxyy"],
  ["STARS", "a***yy*"],
  ["한국", "조선"],
  ["_under", "score"],
  ["n1", "one"],
  ["Q", `it's "q"`],
  ["GLOB", "\\*/"],
  ["FILES", "/foo*/*/*.txt"],
  ["LINES", "one\ntwo\nthree"],
  ["EMOJI", "🖖🚀👽"],
  ["SPECIAL", "()[]{}^$.*?|\\x"],
  ["SLASHES", "/tmp/tmp/bar.txt"],
  ["TMP", "/tmp"],
  ["DOLLAR", "$A"],
  ["PORTS", "80  443/udp"],
]);
const env = (name: string) => VALUES.get(name);

/** Input and result with the escape token `\`. */
const ROWS: readonly (readonly [string, string])[] = [
  // Plain text
  ["", ""],
  ["plain", "plain"],
  ["two  words", "two  words"],
  ["tab\tand\nfeed", "tab\tand\nfeed"],
  ["a=b", "a=b"],
  ["#not", "#not"],
  ["un<re>direct", "un<re>direct"],
  ["a<<b", "a<<b"],
  ["a<<  b", "a<<  b"],
  ["<", "<"],
  // Variables
  ["$A", "alpha"],
  ["${A}", "alpha"],
  ["$A$A", "alphaalpha"],
  ["x$A.y", "xalpha.y"],
  ["$A-b", "alpha-b"],
  ["$Ab", ""],
  ["${A}b", "alphab"],
  ["$B", "beta two"],
  ["[$NOTSET]", "[]"],
  ["[${NOTSET}]", "[]"],
  ["[$EMPTY]", "[]"],
  ["$_under", "score"],
  ["$n1", "one"],
  ["$한국", "조선"],
  ["${한국}!", "조선!"],
  ["$DOLLAR", "$A"],
  // A dollar that begins no name
  ["$", "$"],
  ["a$", "a$"],
  ["$ A", "$ A"],
  ["$$", ""],
  ["$.A", "$.A"],
  ["$/A", "$/A"],
  ["$=A", "$=A"],
  ['$"A"', "$A"],
  // Special parameters and positions are names that are never set
  ["[$@]", "[]"],
  ["[$*]", "[]"],
  ["[$#]", "[]"],
  ["[$?]", "[]"],
  ["[$-]", "[]"],
  ["[$!]", "[]"],
  ["[$0]", "[]"],
  ["[$1]", "[]"],
  ["[$12]", "[]"],
  ["$1abc", "abc"],
  ["$$A", "A"],
  ["${1}", ""],
  ["${@}", ""],
  ["${1:-one}", "one"],
  ["${@:-at}", "at"],
  ["$00x", "x"],
  // Escapes
  ["\\$A", "$A"],
  ["\\${A}", "${A}"],
  ["\\\\$A", "\\alpha"],
  ["\\\\\\$A", "\\$A"],
  ["a\\b", "ab"],
  ["a\\ b", "a b"],
  ["a\\", "a"],
  ["\\'A", "'A"],
  ['\\"A', '"A'],
  ["\\\\", "\\"],
  ["`$A`", "`alpha`"],
  // Single quotes
  ["'$A'", "$A"],
  ["'a b'", "a b"],
  ["''", ""],
  ["a'b'c", "abc"],
  ["'\\'", "\\"],
  ["'\"'", '"'],
  ["'a'$A'b'", "aalphab"],
  // Double quotes
  ['"$A"', "alpha"],
  ['"${A}"', "alpha"],
  ['"a b"', "a b"],
  ['""', ""],
  ["\"'$A'\"", "'alpha'"],
  ['"\\$A"', "$A"],
  ['"\\"A\\""', '"A"'],
  ['"\\\\"', "\\"],
  ['"\\n"', "\\n"],
  ['"\\\'"', "\\'"],
  ['"a\\ b"', "a\\ b"],
  ['"$"', "$"],
  ['"a$"', "a$"],
  ['"$Q"', `it's "q"`],
  ["$Q", `it's "q"`],
  // Defaults
  ["${A:-w}", "alpha"],
  ["${A-w}", "alpha"],
  ["${EMPTY:-w}", "w"],
  ["${EMPTY-w}", ""],
  ["${NOTSET:-w}", "w"],
  ["${NOTSET-w}", "w"],
  ["${NOTSET:-}", ""],
  ["${NOTSET-}", ""],
  ["${NOTSET:-a b}", "a b"],
  ["${NOTSET:-$A}", "alpha"],
  ["${NOTSET:-${A}}", "alpha"],
  ["${NOTSET:-${ALSO:-${DEEP:-x}}}", "x"],
  ["${NOTSET:-'a}b'}", "a}b"],
  ['${NOTSET:-"$A b"}', "alpha b"],
  ["${NOTSET:-\\}}", "}"],
  ["${NOTSET:-\\$A}", "$A"],
  ["${NOTSET:--w}", "-w"],
  ["${NOTSET:-:w}", ":w"],
  ["${NOTSET:-한}", "한"],
  // Alternates
  ["[${A:+w}]", "[w]"],
  ["[${A+w}]", "[w]"],
  ["[${EMPTY:+w}]", "[]"],
  ["[${EMPTY+w}]", "[w]"],
  ["[${NOTSET:+w}]", "[]"],
  ["[${NOTSET+w}]", "[]"],
  ["${A:+${B}}", "beta two"],
  ["v1-linux${A:+-${A}}.gz", "v1-linux-alpha.gz"],
  ["v1-linux${EMPTY:+-${EMPTY}}.gz", "v1-linux.gz"],
  // Required
  ["${A:?no}", "alpha"],
  ["${A?no}", "alpha"],
  ["[${EMPTY?no}]", "[]"],
  // Prefixes
  ["${X#x}", "xyy"],
  ["${X##x}", "xyy"],
  ["${X#*x}", "xyy"],
  ["${X##*x}", "yy"],
  ["${X#*}", "xxyy"],
  ["${X##*}", ""],
  ["${X#?}", "xyy"],
  ["${X##??}", "yy"],
  ["${X#}", "xxyy"],
  ["${X##}", "xxyy"],
  ["${X#y}", "xxyy"],
  ["${X#*x*y}", "y"],
  ["${X##*x*y}", ""],
  ["${PATH#/usr/}", "local/lib/x.tar.gz"],
  ["${PATH##*/}", "x.tar.gz"],
  ["${NOTSET#x}", ""],
  ["${X#$NOTSET}", "xxyy"],
  ["${X#${A:+x}}", "xyy"],
  ["${X#'x'}", "xyy"],
  ["${SPECIAL#()[]{\\}^$.\\*\\?|\\\\}", "x"],
  ["${EMOJI#?}", "🚀👽"],
  // Suffixes
  ["${X%y}", "xxy"],
  ["${X%%y}", "xxy"],
  ["${X%y*}", "xxy"],
  ["${X%%y*}", "xx"],
  ["${X%*}", "xxyy"],
  ["${X%%*}", ""],
  ["${X%x}", "xxyy"],
  ["${X%}", "xxyy"],
  ["${X%%}", "xxyy"],
  ["${PATH%.*}", "/usr/local/lib/x.tar"],
  ["${PATH%%.*}", "/usr/local/lib/x"],
  ["${PATH%/*}", "/usr/local/lib"],
  ["${STARS%%\\**\\*}", "a"],
  ["${STARS%\\*}", "a***yy"],
  ["${EMOJI%?}", "🖖🚀"],
  ["${A%pha}-${A#al}", "al-pha"],
  // A star stops at the end of a line
  ["${LINES##*e}", "\ntwo\nthree"],
  ["${LINES%%e*}", "one\ntwo\nthr"],
  // Replacements
  ["${X/x/-}", "-xyy"],
  ["${X//x/-}", "--yy"],
  ["${X/y/}", "xxy"],
  ["${X//y/}", "xx"],
  ["${X/z/-}", "xxyy"],
  ["${X/x*/-}", "-"],
  ["${X/?y/-}", "x-y"],
  ["${X//?/-}", "----"],
  ["${X//*/-}", "-"],
  ["${X//[x]/-}", "xxyy"],
  ["${PATH//\\//_}", "_usr_local_lib_x.tar.gz"],
  ["${PATH//\\//\\/}", "\\/usr\\/local\\/lib\\/x.tar.gz"],
  ["${PATH/.tar.gz/}", "/usr/local/lib/x"],
  ["${FILES/$GLOB/.} - ${FILES//$GLOB/.}", "/foo.*/*.txt - /foo..*.txt"],
  ["${SLASHES/$TMP/} - ${SLASHES//$TMP/}", "/tmp/bar.txt - /bar.txt"],
  ["${X/$NOTSET/ww}", "wwxxyy"],
  ["${X///-}", "-x-x-y-y-"],
  ["${X/x/$A}", "alphaxyy"],
  ["${X//x/\\$A}", "\\$A\\$Ayy"],
  ["${NOTSET/x/y}", ""],
  ["${EMOJI/🚀/ok}", "🖖ok👽"],
  ["${EMOJI//?/.}", "..."],
  ["${LINES//e/E}", "onE\ntwo\nthrEE"],
];

/** The same with a backtick as the escape token. */
const BACKTICK_ROWS: readonly (readonly [string, string])[] = [
  ["`$A", "$A"],
  ["\\$A", "\\alpha"],
  ["c:\\dir\\$A", "c:\\dir\\alpha"],
  ["a` b", "a b"],
  ['"`"$A`""', '"alpha"'],
  ['"\\"', "\\"],
  ["``", "`"],
  ["a`", "a"],
  ["${NOTSET:-`}}", "}"],
  ["'`'", "`"],
];

/** Input and a part of the message. */
const ERRORS: readonly (readonly [string, string])[] = [
  ["${", "missing '}'"],
  ["${A", "missing '}'"],
  ["${A:", "missing '}'"],
  ["${A:-", "missing '}'"],
  ["${A:-x", "missing '}'"],
  ["${A#x", "missing '}'"],
  ["${A/x/y", "missing '}'"],
  ["${A/x", "missing '/' in ${}"],
  ["${X//ww}", "missing '/' in ${}"],
  ["${X//}", "missing '/' in ${}"],
  ["${}", "bad substitution"],
  ["${:x}", "bad substitution"],
  ["${{A}}", "bad substitution"],
  ["${A=x}", "unsupported modifier (=) in substitution"],
  ["${A:=x}", "unsupported modifier (:=) in substitution"],
  ["${A^^}", "unsupported modifier (^) in substitution"],
  ["${A,}", "unsupported modifier (,) in substitution"],
  ["${A b}", "unsupported modifier ( ) in substitution"],
  ["${A:#x}", "unsupported modifier (:#) in substitution"],
  ["${A:%x}", "unsupported modifier (:%) in substitution"],
  ["${A:1}", "unsupported modifier (:1) in substitution"],
  ["${NOTSET?}", "NOTSET: is not allowed to be unset"],
  ["${NOTSET:?}", "NOTSET: is not allowed to be unset"],
  ["${EMPTY:?}", "EMPTY: is not allowed to be empty"],
  ["${NOTSET:?give it}", "NOTSET: give it"],
  ["${EMPTY:?$A}", "EMPTY: alpha"],
  ["'A", "matching single-quote"],
  ['"A', "matching double-quote"],
  ["\"'", "matching double-quote"],
  ['"a\\"', "matching double-quote"],
  ["${NOTSET:-'x}", "matching single-quote"],
  ["${X#\\x}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"],
  ["${X/\\x/y}", "invalid pattern"],
];

describe("expandWord", () => {
  it("has a table of more than a hundred and twenty rows", () => {
    expect(ROWS.length).toBeGreaterThan(120);
  });

  it.each(ROWS)("expands %j to %j", (input, expected) => {
    expect(expandWord(input, env)).toBe(expected);
  });

  it.each(BACKTICK_ROWS)("expands %j to %j with a backtick to escape", (input, expected) => {
    expect(expandWord(input, env, { escape: "`" })).toBe(expected);
  });

  it.each(ERRORS)("refuses %j: %s", (input, part) => {
    const expand = () => expandWord(input, env);
    expect(expand).toThrow(DockerfileError);
    expect(expand).toThrow(part);
  });

  it.each([
    ["keepQuotes", `a"b $A"'c'`, `a"b alpha"'c'`],
    ["keepEscapes", `a\\ b\\$A"\\""`, `a\\ b\\$A\\"`],
    ["ignoreQuotes", `'$A' "\\$A" it's`, `'alpha' "$A" it's`],
    [
      "keepUnset",
      "$A $NO ${NO} ${NO:-w} ${NO+w} ${NO#p} ${NO/a/b}",
      "alpha $NO ${NO} ${NO:-w} ${NO+w} ${NO#p} ${NO/a/b}",
    ],
  ])("with %s reads %j as %j", (option, input, expected) => {
    expect(expandWord(input, env, { [option]: true })).toBe(expected);
  });

  it("says what was expanded", () => {
    expect(() => expandWord("a${A^}", env)).toThrow(/^Cannot expand "a\$\{A\^\}": /);
  });

  it("asks the environment, and never a prototype", () => {
    expect(expandWord("[$__proto__$constructor$toString]", env)).toBe("[]");
  });
});

describe("expandWords", () => {
  it.each<[string, string[]]>([
    ["", []],
    ["  ", []],
    ["a b", ["a", "b"]],
    [" a\t\tb\n", ["a", "b"]],
    ["'a b'", ["a b"]],
    ['"a b" c', ["a b", "c"]],
    ["a\\ b c", ["a b", "c"]],
    ["$B", ["beta", "two"]],
    ['"$B"', ["beta two"]],
    ["x$B", ["xbeta", "two"]],
    ["$PORTS", ["80", "443/udp"]],
    ["$EMPTY a $NOTSET", ["a"]],
    ["'' a \"\"", ["a"]],
    ["a''b", ["ab"]],
    ["a<< b", ["a<< b"]],
    ["${NOTSET:-x y}", ["x", "y"]],
    ["a\u00a0b", ["a", "b"]],
  ])("splits %j into %j", (input, expected) => {
    expect(expandWords(input, env)).toEqual(expected);
  });
});

describe("expandHeredoc", () => {
  it("expands the body with quotes left as they are", () => {
    expect(expandHeredoc('it\'s "$A" \\$A\n${B}\n', env)).toBe('it\'s "alpha" $A\nbeta two\n');
  });
});

describe("variablesIn", () => {
  it.each<[string, string[]]>([
    ["plain '$A'", []],
    ["$A${B}$A", ["A", "B"]],
    ["${A:-${B}}", ["B", "A"]],
    ["${A:?$B}", ["B", "A"]],
    ["${A#$B}${C/$D/$E}", ["B", "A", "D", "E", "C"]],
    ["\\$A", []],
  ])("finds in %j the names %j", (input, names) => {
    expect(variablesIn(input)).toEqual(names);
  });
});
