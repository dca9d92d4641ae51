const url = document.getElementById("url");
const button = document.getElementById("copy");
const said = document.getElementById("said");
button.hidden = false;
button.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(url.textContent);
    said.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(url);
    said.textContent = "It is selected now: copy it with Ctrl+C, or ⌘C.";
  }
});
