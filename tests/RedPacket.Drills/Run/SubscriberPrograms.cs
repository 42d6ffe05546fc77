using System.Text.Json;

namespace RedPacket.Drills.Run;

/// <summary>The programs that follow the ledger of a deployment, one for each room, on SQLite.</summary>
internal sealed class SubscriberPrograms : IDisposable
{
    private readonly Folder _folder = new("rooms");
    private readonly Cluster _cluster;

    private SubscriberPrograms(Cluster cluster, IReadOnlyList<string> names)
    {
        _cluster = cluster;
        var settings = Tokens.Settings.Where(setting => setting.Key.StartsWith("Jwt:", StringComparison.Ordinal)).ToDictionary();
        settings["Subscribers:ServiceUrl"] = cluster.Reconciler.Address.AbsoluteUri;
        settings["Subscribers:Store"] = _folder.Root;
        settings["ConnectionStrings:RabbitMq"] = cluster.Rabbit.ConnectionString;
        Each = names.ToDictionary(name => name, name => ServiceProcess.Subscribers(_folder, settings, name));
    }

    /// <summary>The process of each room.</summary>
    public IReadOnlyDictionary<string, ServiceProcess> Each { get; }

    /// <summary>Starts them and waits until each has said how far it is.</summary>
    public static async Task<SubscriberPrograms> Start(Cluster cluster, params string[] names)
    {
        var programs = new SubscriberPrograms(cluster, names);
        try
        {
            await Task.WhenAll(programs.Each.Values.Select(program => program.Start()));
            await Eventually.Holds(
                async () => (await programs.Progress()).Count == names.Length, Drill.Recovery, "each room has said how far it is");
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    /// <summary>The connection string of a room's store.</summary>
    public string Store(string name) => $"Data Source={_folder.File($"{name}.db")}";

    /// <summary>What the service knows of each.</summary>
    public async Task<IReadOnlyList<RoomProgress>> Progress()
    {
        var (status, body) = await _cluster.Call(_cluster.Reconciler, HttpMethod.Get, "/api/v1/subscribers", "olga", asOperator: true);
        Assert.True(status == 200, $"{status} {System.Text.Encoding.UTF8.GetString(body)}");
        return [.. JsonDocument.Parse(body).RootElement.GetProperty("subscribers").EnumerateArray().Select(RoomProgress.Read)];
    }

    public void Dispose()
    {
        foreach (var program in Each.Values)
            program.Dispose();
        _folder.Dispose();
    }
}

/// <summary>How far a room is.</summary>
/// <param name="SecondsBehind">The age of the first transfer that it lacks.</param>
internal sealed record RoomProgress(string Name, long Position, long Head, string State, double SecondsBehind)
{
    public static RoomProgress Read(JsonElement row) => new(
        row.GetProperty("name").GetString()!, row.GetProperty("position").GetInt64(), row.GetProperty("head").GetInt64(),
        row.GetProperty("state").GetString()!,
        row.GetProperty("secondsBehind") is { ValueKind: JsonValueKind.Number } age ? age.GetDouble() : 0);
}
