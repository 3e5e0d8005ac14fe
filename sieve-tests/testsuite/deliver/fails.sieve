require ["variables"];
redirect "${nobody}";
