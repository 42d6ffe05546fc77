using System.Net;
using System.Net.Http.Headers;

namespace RedPacket.Tests.Pages;

/// <summary>
/// How the pages are served: to anybody, with a strict policy, and only from the program's folder.
/// </summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class ServingTests(PageHost host)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/send", "text/html")]
    [InlineData("/p/0-019a5a7c8d2e7c4f9b1e3a5d6f708192", "text/html")]
    [InlineData("/ops", "text/html")]
    [InlineData("/ops/consistency", "text/html")]
    [InlineData("/assets/js/app.js", "text/javascript")]
    [InlineData("/assets/vendor/preact.mjs", "text/javascript")]
    [InlineData("/assets/css/base.css", "text/css")]
    [InlineData("/assets/icon.svg", "image/svg+xml")]
    [InlineData("/assets/vendor/htm.LICENSE.txt", "text/plain")]
    public async Task EachFile_HasItsTypeAndThePolicy(string path, string type)
    {
        using var answer = await Get(path);

        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal([Policy], answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        Assert.True(answer.Headers.CacheControl!.NoCache);
        Assert.NotNull(answer.Headers.ETag);
    }

    [Fact]
    public async Task MatchingETag_Returns304WithoutABody()
    {
        using var first = await Get("/assets/js/app.js");

        using var again = await Get("/assets/js/app.js", first.Headers.ETag);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/assets/")]
    [InlineData("/assets/js")]
    [InlineData("/assets/../RedPacket.dll")]
    [InlineData("/assets/..%2f..%2fRedPacket.dll")]
    [InlineData("/assets/%2e%2e/%2e%2e/RedPacket.dll")]
    [InlineData("/assets//etc/passwd")]
    [InlineData("/assets/js/APP.JS")]
    [InlineData("/assets/README.md")]
    [InlineData("/index.html")]
    public async Task OtherPaths_Return404(string path)
    {
        using var answer = await Get(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Document_HasNothingInline_AndNothingFromAnotherHost()
    {
        using var answer = await Get("/");
        var document = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain("style=", document, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", document, StringComparison.Ordinal);
        Assert.DoesNotContain("//", document.Replace("<!doctype", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(1, document.Split("<script").Length - 1);
    }

    private async Task<HttpResponseMessage> Get(string path, EntityTagHeaderValue? tag = null)
    {
        Installed.Require(PageHost.Chromium);
        using var client = new HttpClient();
        // The client must send the dots of the path unchanged.
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address.AbsoluteUri.TrimEnd('/') + path, asWritten));
        if (tag is not null)
            request.Headers.IfNoneMatch.Add(tag);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
