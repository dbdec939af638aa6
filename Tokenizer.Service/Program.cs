using Platform.ServiceDefaults;
using Platform.TokenizerHost;
using Platform.TokenizerHost.Datasets;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("tokenizer");
builder.AddTokenizers();
builder.AddDatasets();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapTokenizers();
app.MapDatasets();
app.Run();
