// A shop in Kotlin, without a library: its server reports five deposits, shows the reward and verifies a call of
// Moments; its Android app shows the reward, too. HttpURLConnection works on both.
// It needs MOMENTS_API, MOMENTS_APP, MOMENTS_KEY and USER_TOKEN (of the user ada). With WEBHOOK_SECRET and the headers
// webhook-* of a call:
//   java -jar app.jar verify ID TIMESTAMP SIGNATURES <body
import java.net.HttpURLConnection
import java.net.URI
import java.security.MessageDigest
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec
import kotlin.math.abs
import kotlin.system.exitProcess

val env: Map<String, String> = System.getenv()

fun call(path: String, header: String, credential: String, body: String? = null): String {
    val connection = URI(env["MOMENTS_API"] + path).toURL().openConnection() as HttpURLConnection
    connection.setRequestProperty(header, credential)
    if (body != null) {
        connection.doOutput = true // makes it a POST
        connection.setRequestProperty("content-type", "application/json")
        connection.outputStream.use { it.write(body.toByteArray()) }
    }
    check(connection.responseCode == 200) { connection.errorStream.reader().readText() } // says what is wrong
    return connection.inputStream.reader().readText()
}

fun report(user: String, eventId: String): String {
    val body = """{"user_id": "$user", "action": "deposit", "event_id": "$eventId"}"""
    return call("/v1/moments", "x-api-key", env.getValue("MOMENTS_KEY"), body)
}

fun rewards(user: String) = call("/v1/users/$user/rewards", "x-api-key", env.getValue("MOMENTS_KEY"))

// On the phone, with a token from your server.
fun ownRewards(token: String) = call("/v1/apps/${env["MOMENTS_APP"]}/me/rewards", "authorization", "Bearer $token")

fun isGenuine(id: String, timestamp: String, signatures: String, body: ByteArray): Boolean {
    val seconds = timestamp.toLongOrNull() ?: return false
    val key = Base64.getDecoder().decode(env.getValue("WEBHOOK_SECRET").removePrefix("whsec_"))
    val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(key, "HmacSHA256")) }
    val code = mac.doFinal("$id.$timestamp.".toByteArray() + body)
    val expected = "v1,${Base64.getEncoder().encodeToString(code)}".toByteArray()
    return abs(System.currentTimeMillis() / 1000 - seconds) <= 300 &&
        signatures.split(" ").any { MessageDigest.isEqual(it.toByteArray(), expected) } // in constant time
}

// Enough for this example. Read answers with your JSON library: org.json of Android, or kotlinx.serialization.
fun field(name: String, json: String) = Regex("\"$name\":\"([^\"]*)\"").find(json)?.groupValues?.get(1)

fun main(arguments: Array<String>) {
    if (arguments.firstOrNull() == "verify") {
        val genuine = isGenuine(arguments[1], arguments[2], arguments[3], System.`in`.readBytes())
        println(if (genuine) "genuine" else "refused")
        exitProcess(if (genuine) 0 else 1)
    }
    for (n in 1..5) println("deposit $n: ${field("outcome", report("ada", "deposit-$n"))}")
    println("for the server: ${field("redeem_url", rewards("ada"))}")
    println("for the user: ${field("redeem_url", ownRewards(env.getValue("USER_TOKEN")))}")
}
