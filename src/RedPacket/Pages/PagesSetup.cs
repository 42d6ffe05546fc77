using System.Net;
using System.Text;

namespace RedPacket.Pages;

/// <summary>
/// The web pages: every process serves them to anybody. All page addresses get the same document, and its script shows
/// the page of the address. So a caller's token, which only the document's memory has, survives a change of page.
/// </summary>
internal static class PagesSetup
{
    /// <summary>Nothing inline, nothing from elsewhere.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Document = "index.html";
    private static readonly string[] s_pages = ["/", "/send", "/p/{packetId}", "/ops", "/ops/consistency", "/ops/statistics"];

    /// <summary>
    /// An address without an endpoint shows a browser the pages' document, whose script says that there is no page.
    /// Programs get the problem of the edge. Call it after the edge is used.
    /// </summary>
    public static void UseWrongAddressPage(this WebApplication app) => app.MapWhen(IsWrongAddressOfABrowser, pages => pages.Run(context =>
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return ServeDocument(context, app.Services.GetRequiredService<PageFiles>()).ExecuteAsync(context);
    }));

    public static IServiceCollection AddPages(this IServiceCollection services) => services.AddSingleton<PageFiles>();

    public static void MapPages(this IEndpointRouteBuilder app)
    {
        // The files are read now, and not for the first caller.
        _ = app.ServiceProvider.GetRequiredService<PageFiles>();
        foreach (var page in s_pages)
            app.MapGet(page, (HttpContext context, PageFiles pages) => ServeDocument(context, pages))
                .AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/assets/{**name}", (HttpContext context, PageFiles pages, string? name) =>
            Serve(context, pages, name ?? "")).AllowAnonymous().ExcludeFromDescription();
    }

    private static bool IsWrongAddressOfABrowser(HttpContext context) =>
        context.GetEndpoint() is null && HttpMethods.IsGet(context.Request.Method)
        && context.Request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/html" && accepted.Quality is null or > 0);

    // Its links begin at the root. Under another path they get it in front.
    private static IResult ServeDocument(HttpContext context, PageFiles pages)
    {
        if (!context.Request.PathBase.HasValue || pages.Find(Document) is not { } file)
            return Serve(context, pages, Document);
        var text = Encoding.UTF8.GetString(file.Content)
            .Replace("=\"/", $"=\"{WebUtility.HtmlEncode(context.Request.PathBase)}/", StringComparison.Ordinal);
        Guard(context);
        return Results.Text(text, file.MediaType);
    }

    private static IResult Serve(HttpContext context, PageFiles pages, string name)
    {
        if (pages.Find(name) is not { } file)
            return Results.NotFound();
        Guard(context);
        return Results.Bytes(file.Content, file.MediaType, entityTag: file.Tag);
    }

    private static void Guard(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        // An old page must not call a new service: the browser asks each time, and gets 304 when nothing has changed.
        headers.CacheControl = "no-cache";
    }
}
