using Platform.Dashboard;
using Platform.Dashboard.Layout;
using Platform.Dashboard.Login;
using Platform.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDashboard();

// Static files of packages (MudBlazor, ECharts) are found in a build's output in every environment.
builder.WebHost.UseStaticWebAssets();

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.MapDefaultEndpoints();
app.MapStaticAssets().AllowAnonymous();
app.MapLogin();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.Run();
