require ["fileinto", "variables"];
set "address" "nobody";
fileinto "first";
redirect "${address}";
