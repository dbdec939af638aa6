using Platform.InferenceHost;
using Platform.Modeling;
using Platform.ServiceDefaults;

// Before the first tensor; the environment is the AppHost's and may not have it.
MemoryTuning.Apply();
ThreadTuning.Apply();

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("inference");
builder.AddInference();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapInference();
app.Run();
