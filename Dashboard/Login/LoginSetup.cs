using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Platform.Dashboard.Login;

/// <summary>
/// Where <c>Platform:ApiKey</c> is set, the reader is asked for it once; a cookie that scripts cannot read stands for
/// it afterwards.
/// </summary>
internal static class LoginSetup
{
    /// <summary>The policy of everything that readers see.</summary>
    public const string ReaderPolicy = "reader";

    /// <summary>Names the key that a cookie was given for, so that a changed key ends old cookies.</summary>
    private const string KeyClaim = "key";

    /// <summary>Days that the cookie lasts; each visit prolongs it.</summary>
    private const int CookieDays = 30;

    /// <summary>Adds the cookie, and the policy that asks for it where a key is set.</summary>
    /// <param name="builder">The application.</param>
    public static void AddLogin(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.LoginPath = "/login";
            options.AccessDeniedPath = "/login";
            options.Cookie.Name = "platform-dashboard";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.ExpireTimeSpan = TimeSpan.FromDays(CookieDays);
            options.SlidingExpiration = true;
        });
        var key = KeyOf(builder.Configuration);
        builder.Services.AddAuthorizationBuilder().AddPolicy(
            ReaderPolicy,
            policy => policy.RequireAssertion(context => key is null || context.User.HasClaim(KeyClaim, Digest(key))));
    }

    /// <summary>Maps the login page and what its form is sent to.</summary>
    /// <param name="app">Where they are mapped.</param>
    public static void MapLogin(this IEndpointRouteBuilder app)
    {
        app.MapGet("/login", (string? returnUrl) => Page(returnUrl, refused: false)).AllowAnonymous();
        app.MapPost("/login", SignInAsync).AllowAnonymous();
    }

    private static async Task<IResult> SignInAsync(
        [FromForm] string? key, [FromForm] string? returnUrl, HttpContext context, IConfiguration configuration)
    {
        var expected = KeyOf(configuration);
        if (expected is not null && !IsSame(key ?? "", expected))
            return Page(returnUrl, refused: true);

        var claims = new[] { new Claim(KeyClaim, expected is null ? "" : Digest(expected)) };
        var identity = new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity), new AuthenticationProperties { IsPersistent = true });
        return TypedResults.LocalRedirect(IsLocal(returnUrl) ? returnUrl! : "/");
    }

    private static RazorComponentResult<LoginPage> Page(string? returnUrl, bool refused) =>
        new(new { ReturnUrl = IsLocal(returnUrl) ? returnUrl : "/", Refused = refused });

    private static string? KeyOf(IConfiguration configuration) =>
        configuration["Platform:ApiKey"] is { Length: > 0 } key ? key : null;

    // Digests have the same length, so that the time of the comparison tells nothing of the key.
    private static bool IsSame(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    private static string Digest(string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("dashboard cookie\n" + key)));

    private static bool IsLocal(string? url) =>
        url is ['/', ..] && !url.StartsWith("//", StringComparison.Ordinal)
        && !url.StartsWith("/\\", StringComparison.Ordinal);
}
