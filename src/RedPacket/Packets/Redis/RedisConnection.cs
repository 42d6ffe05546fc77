using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Reads <c>ConnectionStrings:Redis</c>, in StackExchange.Redis's form or as a URI.</summary>
internal static class RedisConnection
{
    private const int UsualPort = 6379;

    /// <summary>As <see cref="Parse"/> reads it, with what it leaves to the service.</summary>
    public static ConfigurationOptions ForService(string text, ProcessName process)
    {
        var options = Parse(text);
        options.ClientName = process.ToString();
        options.AbortOnConnectFail = false;
        // A grab in a backlog would be granted after its caller has been told to ask again.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        // The client's usual 5 s would leave callers without an answer for too long. A connection string may say
        // otherwise, by asyncTimeout or by syncTimeout, which is the default of the former.
        if (!text.Contains("syncTimeout", StringComparison.OrdinalIgnoreCase))
            options.AsyncTimeout = 1500;
        if (!text.Contains("connectTimeout", StringComparison.OrdinalIgnoreCase))
            options.ConnectTimeout = 2000;
        // The client looks only then whether a server has been promoted or demoted. Its usual 60 s would refuse callers
        // for so long.
        if (!text.Contains("configCheckSeconds", StringComparison.OrdinalIgnoreCase))
            options.ConfigCheckSeconds = 1;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        options.IncludeDetailInExceptions = false;
        return options;
    }

    /// <summary>
    /// <c>host:port,host:port,password=…</c>, or <c>redis://user:password@host:port/database</c>, or the same with
    /// <c>rediss</c> for TLS. In a URI the password may have any character, percent-encoded where a URI needs it.
    /// </summary>
    /// <exception cref="FormatException">The text has neither form. The message quotes nothing of it that may be
    /// secret.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        if (text.Split(',', '=')[0].Contains("://", StringComparison.Ordinal))
            return OfUri(text);
        string[] parts = [.. text.Split(',').Select(part => part.Trim())];
        var firstOption = Array.FindIndex(parts, part => part.Contains('=', StringComparison.Ordinal));
        // The rest of a password with a comma would be taken for a server, and appear in logs.
        if (firstOption >= 0 && parts[firstOption..].Any(part => part.Length > 0 && !part.Contains('=', StringComparison.Ordinal)))
        {
            throw new FormatException(
                "a part after the options has no name. Write a password with a comma as redis://:<password>@host:port.");
        }
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (ArgumentException)
        {
            // The message quotes a part, which may be the rest of a password with a comma.
            throw new FormatException(Remedy(parts[Math.Max(0, firstOption)..]));
        }
    }

    // Says which option is wrong. An option after the password may be a part of it, and is only counted.
    private static string Remedy(string[] options)
    {
        var secret = Array.FindIndex(options, option => option.StartsWith("password", StringComparison.OrdinalIgnoreCase));
        var wrong = Array.FindIndex(options, option => !IsOption(option));
        return wrong >= 0 && (secret < 0 || wrong < secret)
            ? $"the option {options[wrong].Split('=')[0]} is unknown, or its value has another form."
            : "an option after the password is unknown, or its value has another form. "
                + "Write a password with a comma as redis://:<password>@host:port.";
    }

    private static bool IsOption(string option)
    {
        try
        {
            return ConfigurationOptions.Parse(option) is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static ConfigurationOptions OfUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss") || uri.Host.Length == 0)
            throw new FormatException("a URI has the form redis://user:password@host:port/database, or rediss:// for TLS.");
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new FormatException(
                "a URI takes no options. Percent-encode a ? or # in the password, or use the form host:port,name=value.");
        }
        var database = uri.AbsolutePath.Trim('/');
        if (database.Length > 0 && !int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new FormatException("the path of a URI is the number of a database.");
        var (user, password) = uri.UserInfo.Split(':', 2) is [var name, var secret]
            ? (Uri.UnescapeDataString(name), Uri.UnescapeDataString(secret))
            : (Uri.UnescapeDataString(uri.UserInfo), "");
        var options = new ConfigurationOptions
        {
            User = user.Length > 0 ? user : null,
            Password = password.Length > 0 ? password : null,
            Ssl = uri.Scheme == "rediss",
            SslHost = uri.Scheme == "rediss" ? uri.Host : null,
            DefaultDatabase = database.Length > 0 ? int.Parse(database, CultureInfo.InvariantCulture) : null,
        };
        options.EndPoints.Add(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : UsualPort);
        return options;
    }
}
