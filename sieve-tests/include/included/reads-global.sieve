require ["include", "variables"];
global ["outer", "answer"];
set "answer" "read: ${outer}";
