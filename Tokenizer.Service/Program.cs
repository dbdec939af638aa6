using Platform.ServiceDefaults;
using Platform.TokenizerHost;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("tokenizer");
builder.AddTokenizers();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapTokenizers();
app.Run();
