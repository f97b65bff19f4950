//! A program that takes the terminal as the console does, draws, and panics in a task: what is left of the terminal is what
//! the test of panics looks at. howdah itself offers no way to make it panic.

use std::{error::Error, time::Duration};

use howdah::runtime::terminal::{Screen, restore_on_panic};

fn main() -> Result<(), Box<dyn Error>> {
    restore_on_panic();
    let mut screen = Screen::take()?;
    screen.paint(|buffer| {
        let area = buffer.area;
        buffer.set_stringn(0, 0, "about to panic", area.width.into(), ratatui::style::Style::new());
    })?;
    std::thread::sleep(Duration::from_millis(300));
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    threads.block_on(async {
        #[allow(clippy::disallowed_methods, clippy::panic, reason = "the panic is the purpose")]
        let task = tokio::spawn(async { panic!("on purpose") });
        let _ = task.await;
        // A panic that does not end the program would leave this on the screen.
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    Ok(())
}
