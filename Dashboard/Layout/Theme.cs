using MudBlazor;

namespace Platform.Dashboard.Layout;

/// <summary>The colours and letters. No font is fetched: the reader's own are used.</summary>
internal static class Theme
{
    private static readonly string[] _fonts =
        ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"];

    /// <summary>The platform's theme.</summary>
    public static MudTheme Platform { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0b5cad",
            Secondary = "#8a4b08",
            AppbarBackground = "#ffffff",
            AppbarText = "#1c2530",
            Background = "#f5f7fa",
            Surface = "#ffffff",
            DrawerBackground = "#ffffff",
            DrawerText = "#3a4653",
            TextPrimary = "#1c2530",
            TextSecondary = "#55616e",
            LinesDefault = "#dde3ea",
            Success = "#11643a",
            Warning = "#9a6200",
            Error = "#b3261e",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#6cb2ff",
            Secondary = "#ffb870",
            AppbarBackground = "#161b22",
            AppbarText = "#e4e9ef",
            Background = "#0f1318",
            Surface = "#171d25",
            DrawerBackground = "#161b22",
            DrawerText = "#c3ccd6",
            TextPrimary = "#e4e9ef",
            TextSecondary = "#9fabb8",
            LinesDefault = "#2b3440",
            Success = "#4cc38a",
            Warning = "#e8b04a",
            Error = "#ff7b72",
        },
        Typography = new()
        {
            Default = new DefaultTypography { FontFamily = _fonts, FontSize = "0.9rem" },
            Button = new ButtonTypography { TextTransform = "none" },
        },
        LayoutProperties = new() { DefaultBorderRadius = "6px" },
    };
}
