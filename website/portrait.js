/** Pictures of mysfits. */

const OURS = /^images\/[a-z0-9-]+\.svg$/;
const STAND_IN = "images/egg.svg";

/** Show `uri` in `img` when it is one of the site's own pictures, else an egg. Beside a name it needs no words. */
export function showPortrait(img, uri) {
  img.onerror = () => {
    img.onerror = null;
    img.src = STAND_IN;
  };
  const wanted = OURS.test(uri) ? uri : STAND_IN;
  if (img.getAttribute("src") !== wanted) img.src = wanted;
}
