require "fileinto";
if true {
	fileinto "first";
	if true { stop; }
}
fileinto "second";
discard;
