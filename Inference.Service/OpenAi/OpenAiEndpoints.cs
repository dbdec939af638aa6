namespace Platform.InferenceHost.OpenAi;

/// <summary>The routes that OpenAI's clients call.</summary>
internal static class OpenAiEndpoints
{
    /// <summary>Maps <c>/v1/completions</c>, <c>/v1/chat/completions</c> and <c>/v1/models</c>.</summary>
    public static void MapOpenAi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/completions", (HttpContext context, CompletionHandler handler) =>
            handler.HandleAsync(context, CompletionKind.Text));
        app.MapPost("/v1/chat/completions", (HttpContext context, CompletionHandler handler) =>
            handler.HandleAsync(context, CompletionKind.Chat));
        app.MapGet("/v1/models", (HttpContext context, ModelsHandler handler) => handler.ListAsync(context));
        app.MapGet("/v1/models/{**id}", (HttpContext context, string id, ModelsHandler handler) =>
            handler.GetAsync(context, id));
        // Clients read errors in one shape only.
        app.Map("/v1/{**rest}", (HttpContext context) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsJsonAsync(
                new { Error = OpenAiErrors.UnknownRoute(context.Request.Method, context.Request.Path) },
                OpenAiJson.Options, context.RequestAborted);
        });
    }
}
