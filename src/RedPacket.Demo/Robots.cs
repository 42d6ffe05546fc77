using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets;
using System.Diagnostics;
using System.Text.Json;

namespace RedPacket.Demo;

/// <summary>The body of <c>POST /demo/robots</c>: so many users, named by the prefix and a number from 1, each grab the packet once.</summary>
internal sealed record RobotsRequest(string PacketId, int Robots = 150, string UserPrefix = "robot");

/// <summary>What the crowd came to.</summary>
/// <param name="Failed">Robots that got no answer even after asking again for 10 s.</param>
internal sealed record RobotsSummary(string PacketId, int Robots, int Won, long WonFen, int TooLate, int Failed, double Seconds);

/// <summary>A crowd that grabs over real HTTP, as clients on this machine would.</summary>
internal sealed class Robots(DemoNetwork network, TimeProvider clock)
{
    private const int Most = 100_000;
    private const int AtOnce = 128;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public async Task<IResult> Grab(HttpContext context, RobotsRequest request)
    {
        if (!context.IsLocal())
            return new Problem(403, "forbidden", "Robots come from the machine that the demo runs on only.");
        if (!PacketId.TryParse(request.PacketId, out _))
            return new Problem(400, "packet_id_invalid", "A packet id is <shard>-<32 hex digits>.");
        if (request.Robots is < 1 or > Most)
            return new Problem(400, "count_out_of_range", $"robots is a number from 1 to {Most}.");
        if (!UserId.IsValid($"{request.UserPrefix}{Most}"))
            return new Problem(400, "user_invalid", "userPrefix is the beginning of a user id: letters, digits and . _ ~ @ | : + -");
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = AtOnce }) { BaseAddress = network.OwnAddress };
        var started = clock.GetTimestamp();
        var (won, wonFen, tooLate, failed) = (0, 0L, 0, 0);
        var crowd = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(Enumerable.Range(1, request.Robots), crowd, async (number, _) =>
        {
            var (outcome, fen) = await GrabOne(client, request.PacketId, $"{request.UserPrefix}{number}");
            if (outcome == "won")
                Interlocked.Increment(ref won);
            else if (outcome is PacketState.Emptied or PacketState.Expired)
                Interlocked.Increment(ref tooLate);
            else
                Interlocked.Increment(ref failed);
            Interlocked.Add(ref wonFen, fen);
        });
        var seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3);
        return Results.Json(new RobotsSummary(request.PacketId, request.Robots, won, wonFen, tooLate, failed, seconds), JsonSerializerOptions.Web);
    }

    // A 503 or a lost answer means: ask again. The share, if there was one, is the same.
    private async Task<(string Outcome, long Fen)> GrabOne(HttpClient client, string packetId, string user)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < s_patience; await Task.Delay(TimeSpan.FromMilliseconds(100), clock))
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs");
                request.Headers.Add("X-User-Id", user);
                using var response = await client.SendAsync(request);
                if (response.IsSuccessStatusCode)
                {
                    var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                    return (answer.GetProperty("outcome").GetString()!, answer.TryGetProperty("amountFen", out var fen) ? fen.GetInt64() : 0);
                }

                if ((int)response.StatusCode < 500)
                    break;
            }
            catch (HttpRequestException exception)
            {
                Debug.WriteLine(exception.Message);
            }
        }

        return ("failed", 0);
    }
}
