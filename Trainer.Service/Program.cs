using Platform.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("trainer");

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
