using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using RedPacket.Drills.Run;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Subscribers;

/// <summary>The program with its rooms in this process, on stores that a test has filled, and without a service.</summary>
internal sealed class RoomHost : IAsyncDisposable
{
    private static readonly Tokens s_tokens = new();
    private readonly RoomPlace _place;
    private readonly WebApplication _app;

    private RoomHost(RoomPlace place, WebApplication app)
    {
        _place = place;
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    /// <summary>Starts it when each room has taken the transfers.</summary>
    public static Task<RoomHost> Start(IReadOnlyList<SettledTransfer> transfers, params string[] settings) =>
        StartWithout("", transfers, settings);

    /// <summary>The same, with one room whose store cannot be opened.</summary>
    public static async Task<RoomHost> StartWithout(string broken, IReadOnlyList<SettledTransfer> transfers, params string[] settings)
    {
        var place = await RoomPlace.On(null);
        foreach (var room in Rooms.All.Where(room => room.Name != broken))
            place.Open(room).Take(transfers);
        if (broken.Length > 0)
            Directory.CreateDirectory(Path.Combine(place.Folder, $"{broken}.db"));
        var app = SubscribersHost.Build(RoomArguments.Read(
        [
            "--urls=http://127.0.0.1:0", $"--Subscribers:Store={place.Folder}", "--Subscribers:ServiceUrl=http://127.0.0.1:1",
            "--Logging:LogLevel:Default=Critical", .. settings,
            .. Tokens.Settings.Where(setting => setting.Key.StartsWith("Jwt", StringComparison.Ordinal))
                .Select(setting => $"--{setting.Key}={setting.Value}"),
        ]));
        await app.StartAsync();
        return new RoomHost(place, app);
    }

    public async Task<EdgeAnswer> Ask(string path, string? user = "olga", bool isOperator = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (user is not null)
            request.Headers.TryAddWithoutValidation("Authorization", s_tokens.Bearer(user, isOperator));
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    /// <summary>The answer as the record that the room makes.</summary>
    public async Task<T> Read<T>(string path, string user = "olga", bool isOperator = true)
    {
        var answer = await Ask(path, user, isOperator);
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize<T>(answer.Body, ReadableJson.Options())!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _place.Dispose();
    }
}
