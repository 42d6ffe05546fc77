using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Http;

namespace RedPacket.Tests.Http;

/// <summary>The whole service without a store, for its description: every call is mapped, and none is made.</summary>
public sealed class DescribedService : IAsyncLifetime
{
    // Nothing listens there.
    private const string NoStore = "127.0.0.1:1,connectTimeout=100";

    private readonly Folder _folder = new("described");
    private readonly WebApplication _service;
    private int _made;

    public DescribedService()
    {
        _service = RedPacketService.Build(
            [
                "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Redis={NoStore}",
                $"--ConnectionStrings:Ledger=Data Source={_folder.File("ledger.db")}",
                "--Outbox:InMemory=true", $"--Jwt:SigningKeys:0={EdgeApp.Key}", "--Logging:LogLevel:Default=Critical",
                "--Http:PathBase=/pay/red", "--Http:KnownProxies=127.0.0.1",
            ],
            builder => builder.Services.Configure<OpenApiOptions>("v1", options => options.AddDocumentTransformer((_, _, _) =>
            {
                Interlocked.Increment(ref _made);
                return Task.CompletedTask;
            })));
        _service.MapGet("/described", () => "x").WithProblems("packet_unknown", "gate_closed")
            .WithAnswer(200, """{"packetId":"0-1","amountFen":1}""").RequireAuthorization(Caller.Operator);
    }

    /// <summary>Every endpoint of the service.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _service.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public HttpClient Client { get; private set; } = null!;

    /// <summary>How often the document was made.</summary>
    public int Made => Volatile.Read(ref _made);

    public string Text { get; private set; } = "";

    public JsonElement Document { get; private set; }

    /// <summary>The operations of the service itself, by method and path.</summary>
    public IEnumerable<(string Name, JsonElement Call)> Calls =>
        from path in Document.GetProperty("paths").EnumerateObject()
        where path.Name != "/described"
        from call in path.Value.EnumerateObject()
        select ($"{call.Name} {path.Name}", call.Value);

    public async ValueTask InitializeAsync()
    {
        await _service.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri(_service.Urls.Single()) };
        Text = await Client.GetStringAsync(OpenApiSetup.Address);
        Document = JsonDocument.Parse(Text).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _service.DisposeAsync();
        _folder.Dispose();
    }
}
