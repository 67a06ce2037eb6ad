// What a page owes those who see badly or not at all: controls without a name (no label tied to them, nothing written
// on them), and texts that stand out from their ground by less than WCAG's 4.5 to 1.
() => {
  const light = (colour) => colour.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const ground = (one) => {
    if (!one) return [255, 255, 255];
    const found = parts(getComputedStyle(one).backgroundColor);
    return found[3] === 0 ? ground(one.parentElement) : found;
  };
  const contrast = (one) => {
    const [high, low] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const shown = (selector) => [...document.querySelectorAll(`.lsstd-form ${selector}`)].filter((one) => one.checkVisibility());
  const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return {
    unnamed: shown(":is(input, select, textarea, button, summary)")
      .filter((one) => !one.labels?.length && !one.textContent.trim() && !one.ariaLabel).map((one) => one.outerHTML),
    faint: shown("*").filter((one) => hasText(one) && contrast(one) < 4.5).map((one) => one.outerHTML.slice(0, 120)),
  };
}
