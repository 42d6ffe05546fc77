using Microsoft.AspNetCore.Connections.Features;

namespace RedPacket.Http.Limits;

/// <summary>
/// Reads the rest of a body whose request was refused. Many clients write their whole request before they read an
/// answer. If the server closes earlier, they see a reset connection and not the refusal. So the answer is sent, and
/// the rest is read and discarded, within limits.
/// </summary>
internal static class RefusedBody
{
    /// <summary>Bytes. A client that sends more may find the connection closed.</summary>
    public const long Longest = 16 * 1024 * 1024;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    /// <summary>Sends the answer and takes the rest of the body.</summary>
    /// <param name="body">The body as the server gives it, without the limit of the endpoints.</param>
    /// <param name="clock">Measures the wait.</param>
    /// <param name="stopping">Ends the wait.</param>
    public static async Task TakeRest(HttpContext context, Stream body, TimeProvider clock, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(s_longestWait, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping, context.RequestAborted);
        try
        {
            await context.Response.CompleteAsync();
            await body.CopyToAsync(Stream.Null, until.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Too slow, too long, broken off, or no body at all. The answer has been sent, so the server may close the
            // connection.
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }
}
