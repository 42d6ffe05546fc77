using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace RedPacket.Hosting;

/// <summary>Mistakes that keep a program from starting, in words for the person who starts it.</summary>
internal static class StartError
{
    private const int LongestQuote = 60;

    /// <summary>
    /// The mistakes and their remedies, a line for each. Null for a fault of the program itself.
    /// </summary>
    public static string? Remedy(Exception exception) => exception switch
    {
        OptionsValidationException wrong => Lines(wrong.Failures),
        IOException { InnerException: AddressInUseException } busy =>
            $"{busy.Message} Stop the program that listens there, or choose another address with --urls http://localhost:5081.",
        IOException or UnauthorizedAccessException => $"{exception.Message} Check the path and its permissions, or choose another folder.",
        SocketException socket =>
            $"The program cannot listen on this address: {socket.Message}. Choose another with --urls http://localhost:5081.",
        AggregateException several when several.InnerExceptions.All(one => Remedy(one) is not null) =>
            Lines(several.InnerExceptions.Select(Remedy)),
        _ => null,
    };

    /// <summary>The exit code for it: that of a wrong command line where the settings are wrong.</summary>
    public static int CodeOf(Exception exception) =>
        exception is OptionsValidationException
        || (exception is AggregateException several && several.InnerExceptions.All(one => one is OptionsValidationException))
            ? ProgramArguments.Refused
            : 1;

    /// <summary>A value as an error text repeats it: shortened, and on one line.</summary>
    public static string Quoted(string? value)
    {
        var shown = (value ?? "").Take(LongestQuote).Select(character => char.IsControl(character) ? ' ' : character);
        return $"'{string.Concat(shown)}{(value?.Length > LongestQuote ? "…" : "")}'";
    }

    // Two roles may find the same mistake.
    private static string Lines(IEnumerable<string?> lines) => string.Join(Environment.NewLine, lines.Distinct());
}
