require ["editheader", "variables"];
addheader "X-Edited" "yes";
set "a" "nobody";
redirect "${a}";
