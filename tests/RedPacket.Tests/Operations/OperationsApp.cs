using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Operations;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Http;
using StackExchange.Redis;

namespace RedPacket.Tests.Operations;

/// <summary>
/// A process with HTTP edge, identity, packets and operations on a real Redis. It has no bus and no ledger unless a
/// test adds them.
/// </summary>
internal sealed class OperationsApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OperationsApp(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<OperationsApp> Start(
        string redis, Action<IServiceCollection>? more = null, params (string Name, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
            [
                new("urls", "http://127.0.0.1:0"), new("Jwt:SigningKeys:0", EdgeApp.Key),
                new("ConnectionStrings:Redis", redis), new("ConnectionStrings:RabbitMq", "amqp://u:secret@bus/"),
            ]);
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)));
        builder.Logging.ClearProviders();
        builder.AddHttpEdge();
        builder.Services.AddIdentity(builder.Configuration);
        builder.Services.AddPackets(builder.Configuration, ["grab"]);
        builder.Services.AddOutbox(builder.Configuration);
        more?.Invoke(builder.Services);
        builder.Services.AddOperations(builder.Configuration);
        var app = builder.Build();
        app.UseHttpEdge();
        app.MapOperations();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new OperationsApp(app);
    }

    /// <summary>Opens the gate of shard 0 as the reconcile role does.</summary>
    public static async Task OpenGate(RedisServer server)
    {
        await Servers.OpenGate.Of(server.Connection);
        await server.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Seq, 0);
    }

    public async Task<EdgeAnswer> Get(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    public Task Stop() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
