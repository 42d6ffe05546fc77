namespace RedPacket.Pages;

/// <summary>
/// The web pages: to anybody, by every process. All addresses of pages get the same document, and its script shows the page of the address; so the token of a caller,
/// which is in the document's memory only, outlives the way from one page to the next.
/// </summary>
internal static class PagesSetup
{
    /// <summary>Nothing inline, nothing from elsewhere.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Document = "index.html";
    private static readonly string[] s_pages = ["/", "/send", "/p/{packetId}", "/ops", "/ops/consistency"];
    private static readonly string[] s_methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapPages(this IEndpointRouteBuilder app)
    {
        foreach (var page in s_pages)
            app.MapMethods(page, s_methods, (HttpContext context, PageFiles pages) => Serve(context, pages, Document)).ExcludeFromDescription();
        app.MapMethods("/assets/{**name}", s_methods, (HttpContext context, PageFiles pages, string? name) => Serve(context, pages, name ?? "")).ExcludeFromDescription();
    }

    private static IResult Serve(HttpContext context, PageFiles pages, string name)
    {
        if (pages.Find(name) is not { } file)
            return Results.NotFound();
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        // A page of yesterday must not speak to a service of today: asked each time, answered 304 when nothing has changed.
        headers.CacheControl = "no-cache";
        return Results.Bytes(file.Content, file.MediaType, entityTag: file.Tag);
    }
}
