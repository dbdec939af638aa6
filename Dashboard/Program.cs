using Platform.Dashboard;
using Platform.Dashboard.Evaluations;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Login;
using Platform.Dashboard.Runs;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Security;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("dashboard");
builder.AddDashboard();

// Static files of packages (MudBlazor, ECharts) are found in a build's output in every environment.
builder.WebHost.UseStaticWebAssets();

var app = builder.Build();

// An address that names no page is answered with a page that says so.
app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.MapDefaultEndpoints();

// The API key's check is for programs; people sign in and bring a cookie.
var pages = app.MapGroup("").WithMetadata(new AllowWithoutApiKeyAttribute())
    .RequireAuthorization(LoginSetup.ReaderPolicy);
pages.MapStaticAssets().AllowAnonymous();
pages.MapLogin();
pages.MapEvaluationFiles();
pages.MapRunFiles();
pages.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.Run();
