using System.Diagnostics;
using System.Text.Json;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Demo;

/// <summary>
/// The body of <c>POST /demo/robots</c>: each user from prefix + 1 to prefix + robots grabs the packet once.
/// </summary>
internal sealed record RobotsRequest(string PacketId, int Robots = 150, string UserPrefix = "robot");

/// <summary>The result of <c>POST /demo/robots</c>.</summary>
/// <param name="Replayed">Robots that had a share before this call. Neither they nor their money count as won.</param>
/// <param name="Failed">Robots without an answer after 10 s of retries.</param>
internal sealed record RobotsSummary(
    string PacketId, int Robots, int Won, long WonFen, int Replayed, int TooLate, int Failed, double Seconds);

/// <summary>
/// Users who grab one packet over real HTTP, as clients on this machine would. A robot retries until it has an answer.
/// </summary>
internal sealed class Robots(DemoNetwork network, TimeProvider clock)
{
    private const int MaxRobots = 100_000;
    private const int Connections = 128;
    private const string Replayed = "replayed";
    private static readonly TimeSpan s_retryFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(100);

    public async Task<IResult> Grab(HttpContext context, RobotsRequest request)
    {
        if (!context.IsLocal())
            return new Problem(403, "forbidden", "This call works only on the machine that runs the demo.");
        if (!PacketId.TryParse(request.PacketId, out _))
            return EdgeProblems.PacketIdInvalid;
        if (request.Robots is < 1 or > MaxRobots)
            return new Problem(400, "count_out_of_range", $"robots must be a whole number from 1 to {MaxRobots}; it was {request.Robots}.");
        if (!UserId.IsValid($"{request.UserPrefix}{MaxRobots}"))
            return new Problem(400, "user_invalid", "userPrefix must be the beginning of a user id: letters, digits and . _ ~ @ | : + -");
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Connections };
        using var client = new HttpClient(handler) { BaseAddress = network.LocalUrl };
        var started = clock.GetTimestamp();
        var (won, wonFen, replayed, tooLate, failed) = (0, 0L, 0, 0, 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Connections };
        await Parallel.ForEachAsync(Enumerable.Range(1, request.Robots), parallel, async (number, _) =>
        {
            var (outcome, fen) = await GrabOne(client, request.PacketId, $"{request.UserPrefix}{number}");
            if (outcome == "won")
                Interlocked.Increment(ref won);
            else if (outcome == Replayed)
                Interlocked.Increment(ref replayed);
            else if (outcome is PacketState.Emptied or PacketState.Expired)
                Interlocked.Increment(ref tooLate);
            else
                Interlocked.Increment(ref failed);
            Interlocked.Add(ref wonFen, fen);
        });
        var seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3);
        var summary = new RobotsSummary(request.PacketId, request.Robots, won, wonFen, replayed, tooLate, failed, seconds);
        return Results.Json(summary, JsonSerializerOptions.Web);
    }

    // After a 503 or a lost answer the robot asks again. If it had won, it gets the same share. Only a first answer can
    // be of an old share.
    private async Task<(string Outcome, long Fen)> GrabOne(HttpClient client, string packetId, string user)
    {
        var isFirst = true;
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < s_retryFor; await Task.Delay(s_retryAfter, clock))
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs");
                request.Headers.Add("X-User-Id", user);
                using var response = await client.SendAsync(request);
                if (response.IsSuccessStatusCode)
                {
                    if (isFirst && response.Headers.Contains(IdempotencyHeaders.Replayed))
                        return (Replayed, 0);
                    var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                    var fen = answer.TryGetProperty("amountFen", out var amount) ? amount.GetInt64() : 0;
                    return (answer.GetProperty("outcome").GetString()!, fen);
                }

                if ((int)response.StatusCode < 500)
                    break;
            }
            catch (HttpRequestException exception)
            {
                Debug.WriteLine(exception.Message);
            }

            isFirst = false;
        }

        return ("failed", 0);
    }
}
