require ["vacation", "reject"];
vacation "one";
reject "two";
