using Platform.ServiceDefaults;
using Platform.TrainerHost;
using Platform.TrainerHost.Export;
using Platform.TrainerHost.Worker;

// A worker is this program too: it listens nowhere and needs none of what follows.
if (args is ["worker", ..])
    return WorkerProgram.Run(args[1..]);
if (args is [ExportProgram.Verb, ..])
    return ExportProgram.Run(args[1..]);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("trainer");
builder.AddTrainer();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapTrainer();
app.Run();
return 0;
