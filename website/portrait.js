/** Pictures of mysfits. */

const ROOT = new URL("./", import.meta.url);
const OURS = /^images\/[a-z0-9-]+\.svg$/;
const STAND_IN = "images/egg.svg";

/** Show `uri` in `img` when it is one of the site's own pictures, else an egg. Beside a name it needs no words. */
export function showPortrait(img, uri) {
  img.onerror = () => {
    img.onerror = null;
    img.src = STAND_IN;
  };
  const wanted = ours(uri) ?? STAND_IN;
  if (img.getAttribute("src") !== wanted) img.src = wanted;
}

/** Path of one of the site's own pictures, from the site's root; null for any other address. */
function ours(uri) {
  const { href } = URL.canParse(uri, ROOT) ? new URL(uri, ROOT) : ROOT;
  const path = href.startsWith(ROOT.href) ? href.slice(ROOT.href.length) : "";
  return OURS.test(path) ? path : null;
}
