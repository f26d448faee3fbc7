// Makes the cursor visible again. Alone here, so that the process can say it on exit without loading the view.
export const showCursor = "\u001b[?25h";
