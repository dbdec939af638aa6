using Platform.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("eval");

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
