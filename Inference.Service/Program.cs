using Platform.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("inference");

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
