using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>
/// The service in this process with some of the roles, on a Redis that is not there: only forwarded calls can be
/// answered.
/// </summary>
internal sealed class SplitProcess : IAsyncDisposable
{
    // Nothing listens there.
    private const string Nowhere = "127.0.0.1:1,connectTimeout=100";

    private readonly Folder _folder;
    private readonly WebApplication _app;

    private SplitProcess(Folder folder, WebApplication app)
    {
        (_folder, _app) = (folder, app);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    /// <summary>Builds it without starting it, for what its settings and its addresses are.</summary>
    public static WebApplication Build(Folder folder, string roles, params string[] settings) => RedPacketService.Build(
    [
        $"--RedPacket:Roles={roles}", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Redis={Nowhere}", "--Outbox:InMemory=true",
        $"--ConnectionStrings:Ledger=Data Source={folder.File("ledger.db")}", $"--Jwt:SigningKeys:0={EdgeApp.Key}",
        "--Logging:LogLevel:Default=Critical", .. settings,
    ]);

    public static async Task<SplitProcess> Start(string roles, params string[] settings)
    {
        var folder = new Folder("split");
        var app = Build(folder, roles, settings);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new SplitProcess(folder, app);
    }

    /// <summary>Tells the process that it stops, and no more.</summary>
    public void BeginStop() => _app.Lifetime.StopApplication();

    public async Task<EdgeAnswer> Get(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    /// <summary>An answer that is still being sent.</summary>
    public async Task<StreamReader> Open(string path) =>
        new(await Client.GetStreamAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));

    public async Task<EdgeAnswer> Post(string path, string json, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
