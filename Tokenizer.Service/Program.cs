using Platform.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("tokenizer");

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
