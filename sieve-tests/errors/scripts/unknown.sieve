frobnicate;
frobnicate "again";
if frobs { keep; }
if frobs "again" { keep; }
fileinto "box";
fileinto "other";
