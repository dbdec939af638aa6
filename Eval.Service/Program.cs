using Platform.EvalHost;
using Platform.EvalHost.Worker;
using Platform.ServiceDefaults;

if (args is ["worker", ..])
    return WorkerVerb.Run(args[1..]);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("eval");
builder.AddEval();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapEval();
app.Run();
return 0;
