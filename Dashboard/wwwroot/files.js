// Has the browser save files.

export function saveUrl(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  if (url.startsWith("blob:")) URL.revokeObjectURL(url);
}

export const saveText = (name, mediaType, text) =>
  saveUrl(URL.createObjectURL(new Blob([text], { type: mediaType })), name);
